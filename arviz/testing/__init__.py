"""For tests, ours and yours: shapes with known truth, golden pictures, comparisons, plugin contracts."""
