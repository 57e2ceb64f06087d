"""Run the steps of a Dockerfile without a container engine, in a bare Debian, and try what they have built."""
