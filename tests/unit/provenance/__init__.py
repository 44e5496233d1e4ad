"""The certificate, signatures on results, and those of others."""
