"""The buyer's pages: /track and /t/<number>. Public, without login, cookies or anything personal."""
