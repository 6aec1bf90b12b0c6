"""Operations on products: `Asset` in, `Asset` out, one operation per module, nothing changed in place."""
