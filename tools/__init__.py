"""Programs that make files of this repository; none of them ships in the package."""
