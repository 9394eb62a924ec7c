"""Two runs side by side: what differs of them, and which figures are told apart from noise."""
