"""Commands of the server: ``nora serve``, ``nora admin``, ``nora doctor``."""
