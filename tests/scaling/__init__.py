"""What the page on scaling needs beyond the benchmark: what each further worker costs."""
