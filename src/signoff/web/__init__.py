"""The door for people: pages made on the server, a little script, nothing built."""
