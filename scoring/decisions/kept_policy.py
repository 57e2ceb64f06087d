"""The names under which the decision record keeps a policy, among the files of models."""

POLICY = "policy.json"


def name_kept_policy(version: str) -> str:
    """Return what stands in the place of a model's version for a policy.

    >>> name_kept_policy("9ba0177cb4665842")
    'policy 9ba0177cb4665842'
    """
    return f"policy {version}"
