"""What models that label subwords have in common, whichever library runs them."""
