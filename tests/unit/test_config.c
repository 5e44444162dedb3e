// SPDX-License-Identifier: GPL-2.0-or-later
/* user/config: words, chains, ports, arguments and their places; every syntax error. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <batchy/abi.h>
#include "user/config/ast.h"
#include "user/config/near.h"

static const struct bty_set sets[] = { { "A", "one" }, { "LONG_NAME2", "a,b" }, { "A", "two" } };
static const struct bty_vars vars = { .iface = "eth0", .set = sets, .nset = 3 };
static struct bty_err err;

static struct bty_ast parse(const char *text)
{
	struct bty_ast ast;

	err.msg[0] = '\0';
	if (bty_ast_parse(text, strlen(text), "f", &vars, &ast, &err))
		fail_msg("%s: %s", text, err.msg);
	return ast;
}

/* Parses `X(args);` and returns argument i, or "(none)". The text lives until the next call. */
static const char *arg(const char *args, int i)
{
	static char text[256], out[256];
	struct bty_ast ast;

	snprintf(text, sizeof(text), "X(%s);", args);
	ast = parse(text);
	snprintf(out, sizeof(out), "%s", i < ast.node[0].args.n ? ast.node[0].args.arg[i].text : "(none)");
	bty_ast_free(&ast);
	return out;
}

static void refuse_bytes(const char *text, size_t len, const char *message)
{
	struct bty_ast ast;

	err.msg[0] = '\0';
	assert_int_equal(bty_ast_parse(text, len, "f", &vars, &ast, &err), -EINVAL);
	bty_ast_free(&ast);
	assert_string_equal(err.msg, message);
}

static void refuse(const char *text, const char *message)
{
	refuse_bytes(text, strlen(text), message);
}

static void declarations_and_names(void **state)
{
	struct bty_ast ast = parse("a :: X;\nb, c::Y(1, 2) ; ; /* z */ _d\n::\nZ; // end");

	assert_int_equal(ast.nnodes, 4);
	assert_int_equal(ast.nconns, 0);
	assert_int_equal(ast.node[0].kind, BTY_NODE_DECL);
	assert_string_equal(ast.node[0].word, "a");
	assert_string_equal(ast.node[0].class_name, "X");
	assert_int_equal(ast.node[0].args.n, 0);
	assert_true(ast.node[0].alone);
	assert_string_equal(ast.node[1].word, "b");
	assert_string_equal(ast.node[2].word, "c");
	assert_string_equal(ast.node[2].class_name, "Y");
	assert_int_equal(ast.node[1].args.n, 2);
	assert_int_equal(ast.node[2].args.n, 2);
	assert_int_equal(ast.node[2].pos.line, 2);
	assert_int_equal(ast.node[2].pos.col, 4);
	assert_string_equal(ast.node[3].word, "_d");
	assert_int_equal(ast.node[3].class_pos.line, 4);
	assert_int_equal(ast.node[3].class_pos.col, 1);
	bty_ast_free(&ast);
}

static void chains_and_ports(void **state)
{
	struct bty_ast ast = parse("a[1] -> [2] b [ 3 ]->X(1)->q :: Queue[4]->[5]Y;");
	const struct bty_ast_conn *c = ast.conn;

	assert_int_equal(ast.nnodes, 5);
	assert_int_equal(ast.nconns, 4);
	assert_int_equal(ast.node[0].kind, BTY_NODE_WORD);
	assert_int_equal(ast.node[2].kind, BTY_NODE_ANON);
	assert_int_equal(ast.node[3].kind, BTY_NODE_DECL);
	assert_int_equal(ast.node[4].kind, BTY_NODE_WORD);
	assert_false(ast.node[4].alone);
	assert_int_equal(c[0].out, 1);
	assert_int_equal(c[0].in, 2);
	assert_int_equal(c[0].from, 0);
	assert_int_equal(c[0].to, 1);
	assert_int_equal(c[0].out_pos.col, 2);
	assert_int_equal(c[0].in_pos.col, 9);
	assert_int_equal(c[1].out, 3);
	assert_int_equal(c[1].in, 0);
	assert_int_equal(c[2].out, 0);
	assert_int_equal(c[3].out, 4);
	assert_int_equal(c[3].in, 5);
	assert_int_equal(c[3].from, 3);
	assert_int_equal(c[3].to, 4);
	bty_ast_free(&ast);
}

static void arguments_split_at_top_level(void **state)
{
	assert_string_equal(arg("", 0), "(none)");
	assert_string_equal(arg("  /* x */ // y\n", 0), "(none)");
	assert_string_equal(arg(" a b ,\tc\t", 0), "a b");
	assert_string_equal(arg(" a b ,\tc\t", 1), "c");
	assert_string_equal(arg(" a b ,\tc\t", 2), "(none)");
	assert_string_equal(arg("f(a, (b)), g", 0), "f(a, (b))");
	assert_string_equal(arg("f(a, (b)), g", 1), "g");
	assert_string_equal(arg("\"a, ) // \\\" b\", c", 0), "\"a, ) // \\\" b\"");
	assert_string_equal(arg("\"a, ) // \\\" b\", c", 1), "c");
	assert_string_equal(arg("12/0800, -", 0), "12/0800");
	assert_string_equal(arg(",", 0), "");
	assert_string_equal(arg(",", 1), "");
	assert_string_equal(arg(",", 2), "(none)");
	assert_string_equal(arg("a,", 1), "");
}

static void comments_in_arguments_are_blank(void **state)
{
	assert_string_equal(arg("a/* , ) \" */b", 0), "a           b");
	assert_string_equal(arg("/* x */ a // y )\n , b", 0), "a");
	assert_string_equal(arg("/* x */ a // y )\n , b", 1), "b");
	assert_string_equal(arg("a\r\nb", 0), "a  b");
}

static void variables(void **state)
{
	assert_string_equal(arg("$IFACE", 0), "eth0");
	assert_string_equal(arg("$A", 0), "two");
	assert_string_equal(arg("x${A}y", 0), "xtwoy");
	assert_string_equal(arg("$A$A.b", 0), "twotwo.b");
	assert_string_equal(arg("\"$A\"", 0), "\"two\"");
	assert_string_equal(arg("\"\\$A\"", 0), "\"\\$A\"");
	assert_string_equal(arg("$LONG_NAME2, c", 0), "a,b");
	assert_string_equal(arg("$LONG_NAME2, c", 1), "c");
	assert_string_equal(arg("a$ $1 b", 0), "a$ $1 b");
	refuse("X($B);", "f:1:3: $B has no value: expected --set B=VALUE");
	refuse("X(\na, b${AB});", "f:2:5: $AB has no value: expected --set AB=VALUE");
	refuse("X(${A);", "f:1:3: expected a variable as ${NAME}");
	refuse("X(${});", "f:1:3: expected a variable as ${NAME}");
	refuse("X(\"${A\");", "f:1:4: expected a variable as ${NAME}");
}

/* A is given by the command line. */
static void defaults_of_variables(void **state)
{
	struct bty_ast ast = parse(
		"define($A 9, $B 1 2 /* x */); define(\n${C} <${B}>,$D \"q,r\") ; X($A, $B, $C, $D); define :: Y;");

	assert_int_equal(ast.nnodes, 2);
	assert_string_equal(ast.node[0].args.arg[0].text, "two");
	assert_string_equal(ast.node[0].args.arg[1].text, "1 2");
	assert_string_equal(ast.node[0].args.arg[2].text, "<1 2>");
	assert_string_equal(ast.node[0].args.arg[3].text, "\"q,r\"");
	assert_string_equal(ast.node[1].word, "define");
	bty_ast_free(&ast);
	refuse("define($B);", "f:1:8: '$B': expected a variable and its value, as in $NAME value");
	refuse("define(B x);", "f:1:8: 'B x': expected a variable and its value, as in $NAME value");
	refuse("define($B x,);", "f:1:13: '': expected a variable and its value, as in $NAME value");
	refuse("define($B x, $B y);", "f:1:14: $B is defined twice");
	refuse("define($B $C, $C x);", "f:1:11: $C has no value: expected --set C=VALUE");
	refuse("define($B x) -> y;", "f:1:14: expected ';' after define(), found '->'");
	refuse("X($B); define($B x);", "f:1:3: $B has no value: expected --set B=VALUE");
}

static void iface_needs_an_interface(void **state)
{
	static const struct bty_set set = { "IFACE", "veth7" };
	struct bty_vars none = { 0 };
	struct bty_ast ast;

	assert_int_equal(bty_ast_parse("X($IFACE);", 10, "f", &none, &ast, &err), -EINVAL);
	bty_ast_free(&ast);
	assert_string_equal(err.msg, "f:1:3: $IFACE has no value: no interface is given; expected --set IFACE=NAME");
	none.set = &set;
	none.nset = 1;
	none.iface = "eth0";
	assert_int_equal(bty_ast_parse("X($IFACE);", 10, "f", &none, &ast, &err), 0);
	assert_string_equal(ast.node[0].args.arg[0].text, "veth7");
	bty_ast_free(&ast);
}

static void variables_do_not_grow_without_bound(void **state)
{
	static char value[1 << 20], text[] = "X($V, $V, $V);";
	const struct bty_set set = { "V", value };
	const struct bty_vars big = { .set = &set, .nset = 1 };
	struct bty_ast ast;

	memset(value, 'v', sizeof(value) - 1);
	assert_int_equal(bty_ast_parse(text, strlen(text), "f", &big, &ast, &err), -E2BIG);
	bty_ast_free(&ast);
	assert_non_null(strstr(err.msg, "f:1:11: arguments are longer than"));
}

static void places_of_words_in_arguments(void **state)
{
	struct bty_ast ast = parse("X(a, PATH /* c */ in\n  q1,\n $A b);");
	const struct bty_ast_args *args = &ast.node[0].args;
	struct bty_pos pos;

	pos = bty_ast_arg_pos(&ast, args, 1, strstr(args->arg[1].text, "in") - args->arg[1].text);
	assert_int_equal(pos.line, 1);
	assert_int_equal(pos.col, 19);
	pos = bty_ast_arg_pos(&ast, args, 1, strstr(args->arg[1].text, "q1") - args->arg[1].text);
	assert_int_equal(pos.line, 2);
	assert_int_equal(pos.col, 3);
	/* after a replaced variable only the argument's own place is known */
	pos = bty_ast_arg_pos(&ast, args, 2, 4);
	assert_int_equal(pos.line, 3);
	assert_int_equal(pos.col, 2);
	bty_ast_free(&ast);
}

static void syntax_errors(void **state)
{
	refuse("a :: X", "f:1:7: expected '->' or ';', found end of file");
	refuse("a -> b\nc -> d;", "f:2:1: expected '->' or ';', found 'c'");
	refuse("a b;", "f:1:3: expected '::', '->' or '(', found 'b'");
	refuse("a -> ;", "f:1:6: expected an element, found ';'");
	refuse("-> a;", "f:1:1: expected an element, found '->'");
	refuse("a ::;", "f:1:5: expected a class name after '::', found ';'");
	refuse("a :: 5;", "f:1:6: expected a class name after '::', found '5'");
	refuse("a, b -> c;", "f:1:6: expected ',' or '::' after a list of names, found '->'");
	refuse("a, 5 :: X;", "f:1:4: expected a name, found '5'");
	refuse("a, b :: X -> c;", "f:1:11: expected ';' after the declaration, found '->'");
	refuse("a -> b, c :: X;", "f:1:7: expected '->' or ';', found ','");
	refuse("a[x] -> b;", "f:1:3: expected a port number, found 'x'");
	refuse("a[1x] -> b;", "f:1:3: expected a port number, found '1x'");
	refuse("a[] -> b;", "f:1:3: expected a port number, found ']'");
	refuse("a[64] -> b;", "f:1:3: expected a port number below 64, found '64'");
	refuse("a[99999999999999999999] -> b;", "f:1:3: expected a port number below 64, found '99999999999999999999'");
	refuse("a[1 -> b;", "f:1:5: expected ']' after the port number, found '->'");
	refuse("[0] a -> b;", "f:1:1: input port at the beginning of a chain: expected an element");
	refuse("a -> b [1];", "f:1:11: expected '->' after the output port, found ';'");
	refuse("X(1)(2);", "f:1:5: expected '->' or ';', found '('");
	refuse("elementclass F { };", "f:1:1: compound elements (elementclass) are not part of this language");
	refuse("a@1 :: X;", "f:1:1: 'a@1': expected a name without '@', which is for anonymous elements");
	refuse("a2345678901234567890123456789012 :: X;",
	       "f:1:1: 'a2345678901234567890123456789012...': expected a name of 31 characters at most");
}

static void unexpected_bytes(void **state)
{
	refuse("a - b;", "f:1:3: unexpected '-': expected '->'");
	refuse("a-1 :: X;", "f:1:2: unexpected '-': expected '->' between elements, '_' in a name");
	refuse("a : X;", "f:1:3: unexpected ':': expected '::'");
	refuse("a => b;", "f:1:3: unexpected '=': expected '->' between elements, '::' in a declaration");
	refuse("a };", "f:1:3: unexpected '}': compound elements are not part of this language");
	refuse("a );", "f:1:3: unexpected ')': no '(' is open");
	refuse("$A -> b;", "f:1:1: unexpected '$': variables are replaced inside the arguments of an element only");
	refuse("a -> \"b\";", "f:1:6: unexpected '\"': strings stand in the arguments of an element only");
	refuse("a # b;", "f:1:3: unexpected '#'");
	refuse("caf\xc3\xa9 :: X;", "f:1:4: unexpected byte 0xc3");
	refuse_bytes("a;\n\0", 4, "f:2:1: byte 0x00: expected a text file");
	refuse("\x7f"
	       "ELF",
	       "f:1:1: byte 0x7f: expected a text file");
}

static void what_never_ends(void **state)
{
	refuse("a;\n /* b", "f:2:2: comment without end: expected '*/'");
	refuse("X(a /* b);", "f:1:5: comment without end: expected '*/'");
	refuse("/*/", "f:1:1: comment without end: expected '*/'");
	refuse("X(a, (b);\n", "f:1:2: '(' without end: expected ')'");
	refuse("X(a // );\n", "f:1:2: '(' without end: expected ')'");
	refuse("X(\"a);\n\");", "f:1:3: string without end: expected '\"' on the same line");
	refuse("X(\"a\\\n\");", "f:1:3: string without end: expected '\"' on the same line");
	refuse("X(\"a\\", "f:1:3: string without end: expected '\"' on the same line");
}

static void limits(void **state)
{
	static char text[BTY_AST_MAX_TEXT + 1];
	struct bty_ast ast;
	size_t n = 0;
	int i;

	memset(text, '(', sizeof(text));
	assert_int_equal(bty_ast_parse(text, sizeof(text), "f", &vars, &ast, &err), -E2BIG);
	bty_ast_free(&ast);
	assert_non_null(strstr(err.msg, "f: longer than 1 MiB"));
	/* as deep as a file can be */
	text[0] = 'X';
	refuse_bytes(text, BTY_AST_MAX_TEXT, "f:1:2: '(' without end: expected ')'");
	for (i = 0; i <= BTY_MAX_ELEMENTS; i++)
		n += sprintf(text + n, "X();\n");
	refuse(text, "f:1025:1: expected 1024 elements at most");
	for (n = 0, i = 0; i <= 3 * BTY_MAX_ELEMENTS * BTY_MAX_OUT; i++)
		n += sprintf(text + n, "a;\n");
	refuse(text, "f:196609:1: expected 196608 mentions of elements at most");
}

static const char *nearest(const char *word)
{
	static const char *const names[] = { "Queue", "FromDevice", "in", "nf1", "ToHost", NULL };
	struct bty_near near;
	int i;

	bty_near_init(&near, word);
	for (i = 0; names[i]; i++)
		bty_near_try(&near, names[i]);
	return near.best ? near.best : "";
}

static void did_you_mean(void **state)
{
	assert_string_equal(nearest("Qeueu"), "Queue");
	assert_string_equal(nearest("queue"), "Queue");
	assert_string_equal(nearest("FromDevise"), "FromDevice");
	assert_string_equal(nearest("n1"), "nf1");
	assert_string_equal(nearest("nf2"), "nf1");
	assert_string_equal(nearest("ni"), "in");
	assert_string_equal(nearest("xy"), "");
	assert_string_equal(nearest("xiy"), ""); /* all of "in" would have to change */
	assert_string_equal(nearest("Shaper"), "");
	assert_string_equal(nearest("ToHostToHostToHostToHostToHostToHostToHost"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declarations_and_names),
		cmocka_unit_test(chains_and_ports),
		cmocka_unit_test(arguments_split_at_top_level),
		cmocka_unit_test(comments_in_arguments_are_blank),
		cmocka_unit_test(variables),
		cmocka_unit_test(defaults_of_variables),
		cmocka_unit_test(iface_needs_an_interface),
		cmocka_unit_test(variables_do_not_grow_without_bound),
		cmocka_unit_test(places_of_words_in_arguments),
		cmocka_unit_test(syntax_errors),
		cmocka_unit_test(unexpected_bytes),
		cmocka_unit_test(what_never_ends),
		cmocka_unit_test(limits),
		cmocka_unit_test(did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
