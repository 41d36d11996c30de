"""HTTP: the routes, by resource. The only package, with app.py, that knows Starlette."""
