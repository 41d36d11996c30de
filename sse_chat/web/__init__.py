"""HTTP: routes and what they share. The only package, with app.py, that knows Starlette."""
