"""From a command, a form or a button to a submission; refusals."""
