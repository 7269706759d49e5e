"""The safety controls (安全管理措置), each with a check that runs against the running product and says what it observed."""
