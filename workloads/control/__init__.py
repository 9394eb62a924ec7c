"""The control: it takes the orders' way and does nothing with them, so that what it sees, no engine has done."""
