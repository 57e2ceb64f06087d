"""What makes a release: locks, audit, bill of materials, packages."""
