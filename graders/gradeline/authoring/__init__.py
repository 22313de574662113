"""What authors of exercises need: proof that an exercise is graded as its solutions say."""
