"""Half an hour of steady load: does memory grow, do files stay open, is anything lost?"""
