"""Networks that arviz runs but does not ship: which, where they are found, how they are fetched and checked."""
