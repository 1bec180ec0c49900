package manual

func completions() map[string]string { return nil }
