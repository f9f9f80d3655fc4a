"""Graph stores: one module each, and the only places that know their driver."""
