"""What users can do; each service takes the actor first and checks the rights."""
