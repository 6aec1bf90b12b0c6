"""Talk to a render service from Python: files go in; assets, pictures, measured rooms and their reports come out.

Stands on the standard library and `arviz.core`: it works without the extra ``[service]``.
"""

from arviz.client.client import Client
from arviz.client.records import Batch, Job

__all__ = ["Batch", "Client", "Job"]
