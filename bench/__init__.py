"""Load tests: locust users, a lean driver, the ledger and reports; imports only protocol of our packages."""
