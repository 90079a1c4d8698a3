"""Attachments: tickets, uploads, signed URLs."""
