(() => {
  const box = document.getElementById("slider");
  const sweep = document.getElementById("sweep");
  if (!box || !sweep) return;
  const cut = document.getElementById("cut");
  const rows = [...sweep.tBodies[0].rows];
  const values = [...document.querySelectorAll("#moved dd")];
  const move = () => {
    const cells = rows[Number(cut.value)].cells;
    values.forEach((value, n) => { value.textContent = cells[n].textContent; });
    rows.forEach((row, n) => { row.classList.toggle("chosen", n === Number(cut.value)); });
    cut.setAttribute("aria-valuetext", cells[0].textContent);
  };
  cut.addEventListener("input", move);
  box.hidden = false;
  move();
})();
