# Compilation, once for the whole tree. Included after every module.mk, so that GENERATED is complete.
# A change of flags or compiler rebuilds: the stamp's content is the command line.
$(OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(CXX) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_CXXFLAGS)' | cmp -s - $@ || \
	    printf '%s\n' '$(CC) $(CXX) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_CXXFLAGS)' > $@

$(OBJ)/%.o: %.c $(OBJ)/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(CFLAGS_$<) -MMD -MP -c $< -o $@

$(OBJ)/%.o: %.cpp $(OBJ)/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CPPFLAGS) $(ALL_CXXFLAGS) $(CXXFLAGS_$<) -MMD -MP -c $< -o $@

-include $(shell [ -d $(OBJ) ] && find $(OBJ) -name '*.d')

FORCE:
.PHONY: FORCE
