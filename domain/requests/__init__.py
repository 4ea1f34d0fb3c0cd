"""Single requests: ids, what is asked, what is answered, and the ground truth."""
