"""What tests share: servers, programs, feeds, and how to wait for what comes a moment later."""
