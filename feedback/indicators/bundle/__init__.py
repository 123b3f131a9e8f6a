"""The evidence bundle: figures with all they are made of, and a program that recomputes them."""
