"""What the product is about: values and pure decisions. It imports phones and errors alone."""
