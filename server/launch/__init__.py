"""Everything on one fresh machine: embedded servers, migrations, server, worker, supervision."""
