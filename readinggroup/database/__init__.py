"""The site's database backend (ENGINE): PostgreSQL as Django has it, asked by one at a time while it is away."""
