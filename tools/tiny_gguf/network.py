# ruff: noqa: INP001 scripts that are run by path, not a package
"""Phi-3's architecture in PyTorch, small: what llama.cpp computes for `phi3`, weight by weight."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of a network. Heads are `width / heads` wide."""

    vocabulary: int = 32064
    width: int = 96
    heads: int = 3
    layers: int = 4
    hidden: int = 256
    context_tokens: int = 4096
    epsilon: float = 1e-5
    rope_base: float = 10_000.0

    @property
    def head_width(self) -> int:
        """Width of one head."""
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values of one layer, rotated: (1 or batch, heads, tokens, head width)."""

    keys: Tensor
    values: Tensor


class RmsNorm(nn.Module):
    """Scale each vector to unit mean square, then by a learned weight."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Layer(nn.Module):
    """One block: attention with fused q, k, v, then SwiGLU with fused gate and up."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attn_norm = RmsNorm(shape.width, shape.epsilon)
        self.attn_qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = RmsNorm(shape.width, shape.epsilon)
        self.ffn_up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor, past: Cache | None
    ) -> tuple[Tensor, Cache]:
        """Run the block; `past` is what stands before these tokens, the same for every row."""
        batch, tokens, width = x.shape
        parts = self.attn_qkv(self.attn_norm(x)).chunk(3, dim=-1)
        q, k, v = (
            part.view(batch, tokens, self.shape.heads, -1).transpose(1, 2) for part in parts
        )
        q, k = _rotate(q, *turn), _rotate(k, *turn)
        if past is not None:
            k = torch.cat([past.keys.expand(batch, -1, -1, -1), k], dim=2)
            v = torch.cat([past.values.expand(batch, -1, -1, -1), v], dim=2)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, tokens, width))
        gate, up = self.ffn_up(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.ffn_down(functional.silu(gate) * up), Cache(k, v)


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat([-second, first], dim=-1) * sine


class TinyPhi3(nn.Module):
    """The network. The output weights are the embedding's, as `phi3` in llama.cpp allows."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = RmsNorm(shape.width, shape.epsilon)
        nn.init.normal_(self.token_embd.weight, std=shape.width**-0.5)
        for name, weight in self.named_parameters():
            if name.startswith("blk") and weight.dim() > 1:
                deep = 2 * shape.layers if "output" in name or "down" in name else 1
                nn.init.normal_(weight, std=(weight.shape[1] * deep) ** -0.5)

    def forward(
        self, tokens: Tensor, past: list[Cache] | None = None
    ) -> tuple[Tensor, list[Cache]]:
        """Give the state behind every token, normalised, and what later tokens may look at.

        Args:
            tokens: (batch, n) numbers; a padded row is padded at its end.
            past: of a prefix that stands before every row.
        """
        n_past = 0 if past is None else past[0].keys.shape[2]
        turn = self._turn(n_past, tokens.shape[1], tokens.device)
        mask = torch.ones(
            tokens.shape[1], n_past + tokens.shape[1], dtype=torch.bool, device=tokens.device
        ).tril(n_past)
        x, caches = self.token_embd(tokens), []
        for number, layer in enumerate(self.blk):
            x, cache = layer(x, turn, mask, None if past is None else past[number])
            caches.append(cache)
        return self.output_norm(x), caches

    def logits(self, states: Tensor) -> Tensor:
        """Turn states into logits over the vocabulary."""
        return states @ self.token_embd.weight.T

    def _turn(self, start: int, n: int, device: torch.device) -> tuple[Tensor, Tensor]:
        half = torch.arange(0, self.shape.head_width, 2, device=device) / self.shape.head_width
        angle = (
            torch.arange(start, start + n, device=device)[:, None] * self.shape.rope_base**-half
        )
        angle = torch.cat([angle, angle], dim=-1)
        return angle.cos(), angle.sin()
