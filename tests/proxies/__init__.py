"""Parley behind real proxies, configured by the files of deploy/."""
