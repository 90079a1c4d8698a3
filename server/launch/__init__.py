"""The launcher for one machine: embedded databases, migrations, server, worker and their supervision."""
