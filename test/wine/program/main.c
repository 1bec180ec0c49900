/* A program that prints its process id and runs until its input ends. */
#include <stdio.h>
#include <windows.h>

int main(void)
{
	printf("%lu\n", GetCurrentProcessId());
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
