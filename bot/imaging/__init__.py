"""Image processing: clean attachments, mark and package the provider's results, and draw charts and trees."""
