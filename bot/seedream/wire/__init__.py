"""The AIML API's requests and answers as bytes. Nothing in this folder does any I/O."""
