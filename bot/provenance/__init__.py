"""Signed provenance (C2PA): the certificate, signatures on results, and those of others read."""
