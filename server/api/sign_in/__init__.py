"""Routes: signing in by password, second factor or provider, and out."""
