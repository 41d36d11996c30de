"""What all routes share: what a request says, how it is answered, what a page is made of."""
