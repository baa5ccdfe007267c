"""`python -m signoff_client.command`."""

import sys

from signoff_client.command import main

if __name__ == "__main__":
    sys.exit(main())
