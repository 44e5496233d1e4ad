"""The one message that shows a job, and how it is delivered."""
