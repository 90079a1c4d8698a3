"""Load: locust users, a lean driver, the ledger and reports; imports protocol and nothing else of ours."""
