"""What Easel is about, in pure Python: jobs, sizes, policy, fairness, retry decisions and the ports."""
