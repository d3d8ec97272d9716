int nnk_placeholder;
