"""The steps of `up`, `down` and a switch, and what each of them makes."""
