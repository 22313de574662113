"""Many submissions: found, graded in processes that can be killed, kept by content, written in the order of names."""
