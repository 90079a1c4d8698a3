"""Every file of deploy/ is read by the program it is for, or by the best judge of it that runs here."""
