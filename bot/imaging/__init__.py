"""Pictures in and out: verify and clean what people attach, mark and package what the provider made."""
