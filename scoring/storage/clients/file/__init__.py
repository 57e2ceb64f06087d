"""The client file: many clients in one immutable file, looked up without reading it whole."""
