"""What Signoff looks like in use: an agent, real data, a demo of both."""
