"""What counts as source in a workspace: ignore files, built-in rules, secrets, size and content guards."""

from mindgap_indexer.workspace_rules.content import HEAD_BYTES, judge_content
from mindgap_indexer.workspace_rules.ignore import Patterns, is_usable
from mindgap_indexer.workspace_rules.rules import EXAMPLES_PER_REASON, MAX_FILE_BYTES, Scan, WorkspaceRules

__all__ = [
    "EXAMPLES_PER_REASON",
    "HEAD_BYTES",
    "MAX_FILE_BYTES",
    "Patterns",
    "Scan",
    "WorkspaceRules",
    "is_usable",
    "judge_content",
]
